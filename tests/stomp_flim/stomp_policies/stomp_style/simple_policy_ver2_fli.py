"""Simple policy 2 as task graphs run it: the first task of the queue that fits anywhere starts."""

from datetime import datetime, timedelta

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """Looks past tasks that do not fit; counts the time that it takes."""

    def init(self, servers, stomp_stats, stomp_params):
        """Set up the counters."""
        self.servers = servers
        self.stats = stomp_stats
        self.params = stomp_params
        self.ta_time = timedelta(microseconds=0)
        self.to_time = timedelta(microseconds=0)
        self.ro_time = timedelta(microseconds=0)

    def assign_task_to_server(self, sim_time, tasks, dags_dropped, stomp_obj):
        """Give the first task that fits to the first free server of its fastest free type."""
        started = datetime.now()
        assert stomp_obj.sim_time == sim_time
        assert not self.params["simulation"]["drop"]
        assert dags_dropped == []
        free = {}
        for server in self.servers:
            if not server.busy:
                free.setdefault(server.type, server)
        chosen = None
        for index, task in enumerate(tasks):
            for server_type, _service_time in task.mean_service_time_list:
                if server_type in free:
                    chosen = free[server_type]
                    chosen.assign_task(sim_time, tasks.pop(index))
                    break
            if chosen is not None:
                break
        self.ta_time += datetime.now() - started
        return chosen

    def remove_task_from_server(self, sim_time, server):
        """Check what ends."""
        assert server.curr_job_end_time == sim_time == server.task.departure_time

    def output_final_stats(self, sim_time):
        """Print what the decisions took."""
        print(f"seconds to assign: {self.ta_time.total_seconds()}")
