"""Earliest deadline first as a file for STOMP's versions with task graphs."""

from stomp import BaseSchedulingPolicy


class SchedulingPolicy(BaseSchedulingPolicy):
    """Sorts the queue by due dates; its head takes the best type that is free, and blocks."""

    def init(self, servers, stomp_stats, stomp_params):
        """Keep the servers."""
        self.servers = servers

    def assign_task_to_server(self, sim_time, tasks, dags_dropped, stomp_obj):
        """Start the task that is due first, if it fits."""
        if not tasks:
            return None
        tasks.sort(key=lambda task: task.dtime)
        free = {server.type: server for server in reversed(self.servers) if not server.busy}
        for server_type, _service_time in tasks[0].mean_service_time_list:
            if server_type in free:
                server = free[server_type]
                tasks[0].ptoks_used = tasks[0].power_dict[server_type]
                server.assign_task(sim_time, tasks.pop(0))
                return server
        return None

    def remove_task_from_server(self, sim_time, server):
        """Do nothing."""

    def output_final_stats(self, sim_time):
        """Do nothing."""
